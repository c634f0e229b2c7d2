// SPDX-License-Identifier: Apache-2.0
#include "conditional_vae/prior.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "mace/prior/vae_prior.hpp"
#include "support/small_vae.hpp"

using namespace mace;
using test::TinyConditionalVae;

TEST_CASE("a conditional prior's file gives weights and notes back, and other files are refused") {
  const std::vector<float> weights = test::random_weights<TinyConditionalVae>(3);
  Safetensors file = conditional_vae_file<TinyConditionalVae>(
      {weights, {{"task", "grasp"}, {"network", "small"}, {"fingers", "1 0 0"}}});
  CHECK(file.tensors.at("decoder.0.weight").shape ==
        std::vector<Index>{TinyConditionalVae::Decoder::width[1], 2 * TinyConditionalVae::latents});
  CHECK(file.tensors.at("condition.0.weight").shape == std::vector<Index>{128, 4});
  CHECK_NOTHROW(require_task(file, "grasp"));
  CHECK(read_conditional_vae<TinyConditionalVae>(file).weights == weights);
  CHECK(read_conditional_vae<TinyConditionalVae>(file).about.at("fingers") == "1 0 0");
  SUBCASE("a tensor is missing") {
    file.tensors.erase("condition.1.bias");
  }
  SUBCASE("one too many") {
    file.tensors["more"] = {{1}, {0}};
  }
  SUBCASE("another number of features") {
    file = conditional_vae_file<ConditionalVae<test::TinyVae, 5>>(
        {test::random_weights<ConditionalVae<test::TinyVae, 5>>(1), {}});
  }
  SUBCASE("no condition at all") {
    file = vae_file<test::TinyVae>({test::random_weights<test::TinyVae>(1), 1.0f, {}});
  }
  SUBCASE("a weight that is no number") {
    file.tensors["condition.0.bias"].values[0] = numeric::not_a_number;
  }
  CHECK_THROWS_AS(read_conditional_vae<TinyConditionalVae>(file), Error);
}
