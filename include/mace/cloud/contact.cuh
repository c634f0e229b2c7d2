// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "mace/backend/cuda/executor.cuh"
#include "mace/cloud/contact_block.hpp"

namespace mace {

/// Computes out[i] = the contacts of cloud i.
template <int Points, int Capacity>
void find_contacts(Cuda& exec, const Fingers<Capacity>& fingers, std::span<const Cloud<Points>> clouds,
                   std::span<Contacts<Capacity>> out) {
  exec.for_each_block(static_cast<Index>(clouds.size()),
                      detail::ContactBlocks<Points, Capacity>{fingers, clouds.data(), out.data()});
}

}  // namespace mace
