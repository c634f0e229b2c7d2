// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "mace/core/config.hpp"
#include "mace/core/numeric.hpp"
#include "mace/core/vec.hpp"

namespace mace {

/// Philox4x32-10, a counter-based random number generator: maps a counter and a key to four random words, the same on
/// every machine (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
MACE_HD inline Vec<4, std::uint32_t> philox4x32(Vec<4, std::uint32_t> counter, Vec<2, std::uint32_t> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t left = std::uint64_t{0xD2511F53u} * counter[0];
    const std::uint64_t right = std::uint64_t{0xCD9E8D57u} * counter[2];
    counter = {static_cast<std::uint32_t>(right >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(right),
               static_cast<std::uint32_t>(left >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(left)};
    key[0] += 0x9E3779B9u;
    key[1] += 0xBB67AE85u;
  }
  return counter;
}

/// Random number streams, one for each use, so that no two uses share numbers. Results depend on the values of these
/// constants.
enum class Stream : std::uint32_t {
  draw = 0,       ///< samples drawn by Tuner and Posterior
  simulator = 1,  ///< simulator noise
  training = 3,
  data = 4,
  evaluation = 5,
  restart = 6,  ///< initial configurations of inverse kinematics
  user = 7      ///< draws of user code; the default
};

/// Identifies one batch of random numbers by the executor's seed, the stream and the round (or training step).
struct RandomKey {
  std::uint64_t seed = 0;
  Stream stream = Stream::user;
  std::uint32_t round = 0;
  /// Pointer to a number that is added to `round`, or null. A device that replays a recorded round counts the rounds
  /// there.
  const std::uint32_t* counter = nullptr;

  /// Returns the equivalent key with `*counter` added to `round`.
  MACE_HD RandomKey counted() const { return {seed, stream, counter != nullptr ? round + *counter : round, nullptr}; }

  /// Returns block `block` of the random words of one sample; a block has four words.
  MACE_HD Vec<4, std::uint32_t> words(std::uint32_t sample, std::uint32_t block) const {
    return philox4x32({block, sample, counted().round, static_cast<std::uint32_t>(stream)},
                      {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
  }
};

/// Converts a random word to a number in [0, 1).
MACE_HD inline float to_uniform(std::uint32_t word) {
  // Through a signed integer, since AVX2 converts no unsigned integers to float.
  return static_cast<float>(static_cast<std::int32_t>(word >> 8)) * 5.9604644775390625e-8f;
}

/// Converts two random words to two independent standard normal numbers (Box and Muller, 1958).
MACE_HD inline void to_normals(std::uint32_t radius_word, std::uint32_t angle_word, float& first, float& second) {
  const float u = to_uniform(radius_word) + 5.9604644775390625e-8f;  // in (0, 1], and exact
  const float radius = numeric::sqrt(-2.0f * numeric::log(u));
  const float angle = 6.28318530718f * to_uniform(angle_word);
  numeric::sincos(angle, second, first);
  first *= radius;
  second *= radius;
}

/// Returns block `block` of the standard normal numbers of one sample; a block has four numbers.
MACE_HD inline Vec<4> normals(const RandomKey& key, std::uint32_t sample, std::uint32_t block) {
  const auto words = key.words(sample, block);
  Vec<4> out;
  to_normals(words[0], words[1], out[0], out[1]);
  to_normals(words[2], words[3], out[2], out[3]);
  return out;
}

/// Sequential random number generator of one sample, for simulators and data generators.
class Random {
 public:
  MACE_HD Random(const RandomKey& key, std::uint32_t sample) : key_(key), sample_(sample) {}

  /// Next 32 random bits.
  MACE_HD std::uint32_t word() {
    if (next_ == 4) {
      words_ = key_.words(sample_, block_++);
      next_ = 0;
    }
    return words_[next_++];
  }
  /// Uniform number in [0, 1).
  MACE_HD float uniform() { return to_uniform(word()); }
  /// Uniform number in [low, high]; `high` occurs only through rounding.
  MACE_HD float uniform(float low, float high) { return low + (high - low) * uniform(); }
  /// Standard normal number.
  MACE_HD float normal() {
    const std::uint32_t radius_word = word();
    float first, second;
    to_normals(radius_word, word(), first, second);
    return first;
  }

 private:
  RandomKey key_;
  std::uint32_t sample_;
  std::uint32_t block_ = 0;
  Vec<4, std::uint32_t> words_{};
  int next_ = 4;
};

}  // namespace mace
