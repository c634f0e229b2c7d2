// SPDX-License-Identifier: Apache-2.0
// expect: mace::Vae: the encoder must put out a mean and a log standard deviation
#include "compile_fail.hpp"

using Encoder = mace::PointEncoder<mace::Mlp<mace::Activation::relu, 3, 8>, mace::Mlp<mace::Activation::relu, 8, 6>>;
using Decoder = mace::Mlp<mace::Activation::relu, 4, 30>;
int main() {
  return mace::Vae<Encoder, Decoder>::points;
}
