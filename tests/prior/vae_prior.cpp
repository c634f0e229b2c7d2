// SPDX-License-Identifier: Apache-2.0
#include "mace/prior/vae_prior.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "support/small_vae.hpp"

using namespace mace;
using test::TinyVae;

TEST_CASE("a prior's file gives the weights back, and other files are refused") {
  std::vector<float> numbers(static_cast<std::size_t>(TinyVae::parameters), 0.0f);
  std::size_t tensors = 0;
  TinyVae::for_each_tensor(numbers.data(), [&](const std::string&, MatrixView<float> values) {
    ++tensors;
    for (Index i = 0; i < values.size(); ++i)
      values.data()[i] = static_cast<float>(tensors) + 0.5f * static_cast<float>(i % 7);
  });
  Safetensors file = vae_file<TinyVae>({numbers, 0.75f, {{"task", "boxes"}, {"network", "small"}}});
  CHECK(file.tensors.at("decoder.0.weight").shape == std::vector<Index>{TinyVae::Decoder::width[1], TinyVae::latents});
  CHECK_NOTHROW(require_task(file, "boxes"));
  CHECK(read_vae<TinyVae>(file).weights == numbers);
  CHECK(read_vae<TinyVae>(file).prior_sigma == 0.75f);
  for (const float sigma : {0.1f, 1.0f / 3, 1e-9f, 3e8f})
    CHECK(read_vae<TinyVae>(vae_file<TinyVae>({numbers, sigma, {}})).prior_sigma == sigma);
  CHECK_THROWS_AS(require_task(file, "airplanes"), Error);
  using Other = Vae<TinyVae::Encoder, Mlp<Activation::relu, TinyVae::latents, 5, 3 * TinyVae::points>>;
  int found = 0;
  with_vae_shape<Other, TinyVae>(file, [&]<class Shape>() { found += std::is_same_v<Shape, TinyVae> ? 1 : 10; });
  CHECK(found == 1);
  CHECK_THROWS_WITH_AS((with_vae_shape<Other>(file, []<class>() {})),
                       doctest::Contains("wanted a VAE of one of 1 shapes"), Error);
  SUBCASE("a tensor is missing") {
    file.tensors.erase("decoder.1.bias");
  }
  SUBCASE("one too many") {
    file.tensors["more"] = {{1}, {0}};
  }
  SUBCASE("another shape") {
    file.tensors["decoder.1.bias"] = {{1}, {0}};
  }
  SUBCASE("a weight that is no number") {
    file.tensors["decoder.0.bias"].values[0] = numeric::not_a_number;
  }
  SUBCASE("no prior_sigma") {
    file.metadata.erase("prior_sigma");
  }
  SUBCASE("a prior_sigma of zero") {
    file.metadata["prior_sigma"] = "0";
  }
  SUBCASE("a prior_sigma that is no number") {
    file.metadata["prior_sigma"] = "1x";
  }
  CHECK_THROWS_AS(read_vae<TinyVae>(file), Error);
}
