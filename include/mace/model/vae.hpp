// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "mace/cloud/cloud.hpp"
#include "mace/model/mlp.hpp"
#include "mace/model/point_encoder.hpp"

namespace mace {

/// Shape of a variational autoencoder of point clouds. The encoder's 2 Latent outputs are the mean of q(z|x) and the
/// log of its standard deviation; the decoder's 3 Points outputs are a cloud.
template <class EncoderShape, class DecoderShape>
struct Vae {
  using Encoder = EncoderShape;
  using Decoder = DecoderShape;
  static constexpr int latents = Decoder::inputs;      ///< number of latents
  static constexpr int points = Decoder::outputs / 3;  ///< points per cloud
  static_assert(Decoder::outputs == 3 * points, "mace::Vae: the decoder must put out three coordinates a point");
  static_assert(Encoder::outputs == 2 * latents,
                "mace::Vae: the encoder must put out a mean and a log standard deviation "
                "a latent");
  using Sample = Cloud<points>;

  static constexpr Index decoder_offset = Encoder::parameters;  ///< offset of the decoder in the flat buffer
  static constexpr Index parameters = Encoder::parameters + Decoder::parameters;  ///< size of the flat buffer

  /// Calls visit(name, tensor) for every tensor, by its name in the files.
  /// @param flat   the flat buffer
  /// @param visit  generic callable
  template <class Real, class Visit>
  static void for_each_tensor(Real* flat, const Visit& visit) {
    Encoder::PointNet::for_each_tensor("encoder.points.", flat, visit);
    Encoder::HeadNet::for_each_tensor("encoder.head.", flat + Encoder::head_offset, visit);
    Decoder::for_each_tensor("decoder.", flat + decoder_offset, visit);
  }
};

/// The paper's network (App. A; 7.4 million weights): 128 latents, 2048 points.
using PaperVae =
    Vae<PointEncoder<Mlp<Activation::relu, 3, 64, 128, 256, 256, 512>, Mlp<Activation::relu, 512, 256, 256>>,
        Mlp<Activation::relu, 128, 64, 128, 512, 1024, 6144>>;

/// Smaller network for shapes of few dimensions (1.7 million weights, 3.4 MB in half precision): 5 latents, 2048
/// points.
using SmallVae =
    Vae<PointEncoder<Mlp<Activation::leaky_relu, 3, 64, 128, 128>, Mlp<Activation::leaky_relu, 128, 128, 10>>,
        Mlp<Activation::leaky_relu, 5, 128, 256, 256, 6144>>;

/// Smaller network for airplanes (1.7 million weights, 3.4 MB in half precision): 16 latents, 2048 points. Its encoder
/// is narrow, since tuning spends most of its time there.
using SmallPlanesVae =
    Vae<PointEncoder<Mlp<Activation::leaky_relu, 3, 32, 64, 128>, Mlp<Activation::leaky_relu, 128, 128, 32>>,
        Mlp<Activation::leaky_relu, 16, 128, 256, 256, 6144>>;

}  // namespace mace
