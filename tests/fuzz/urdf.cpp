// SPDX-License-Identifier: Apache-2.0
#include "mace/robot/urdf.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

#include "mace/core/error.hpp"

/// The reader may refuse the bytes with mace::Error; any other end is a finding.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    mace::parse_urdf_chain(std::as_bytes(std::span(data, size)), "tip", "input");
  } catch (const mace::Error&) {
  }
  return 0;
}
