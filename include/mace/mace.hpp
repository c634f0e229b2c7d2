// SPDX-License-Identifier: Apache-2.0
#pragma once

/// The stages and the tuner, without a backend: what a header that defines a task includes. A program includes
/// mace/cpu.hpp.
#include "mace/backend/concept.hpp"
#include "mace/geometry/box.hpp"
#include "mace/geometry/chamfer.hpp"
#include "mace/model/autoregressive.hpp"
#include "mace/model/gaussian_mixture.hpp"
#include "mace/model/latent_vae.hpp"
#include "mace/score/cloud_match.hpp"
#include "mace/score/contact_match.hpp"
#include "mace/score/product.hpp"
#include "mace/score/reach.hpp"
#include "mace/score/untouched.hpp"
#include "mace/select/importance.hpp"
#include "mace/select/top_quantile.hpp"
#include "mace/simulate/arm.hpp"
#include "mace/simulate/contact.hpp"
#include "mace/simulate/fan_out.hpp"
#include "mace/simulate/half_space_cut.hpp"
#include "mace/tune/observers.hpp"
#include "mace/tune/tuner.hpp"
#include "mace/update/adam.hpp"
#include "mace/update/moment_match.hpp"
#include "mace/update/sgd.hpp"
