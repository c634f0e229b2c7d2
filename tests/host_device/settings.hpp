// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

namespace host_device {

/// How a device is to behave where CUDA promises nothing, from the environment (README.md).
struct Settings {
  std::string schedule = text("MACE_DEVICE_SCHEDULE", "late");
  std::string threads = text("MACE_DEVICE_THREADS", "forward");
  bool direct = text("MACE_DEVICE_PAGEABLE", "staged") == "direct";
  int devices = std::atoi(text("MACE_DEVICES", "2").c_str());
  long refused = std::atol(text("MACE_DEVICE_REFUSE", "0").c_str());

  static std::string text(const char* name, const char* otherwise) {
    const char* const value = std::getenv(name);
    return value != nullptr ? value : otherwise;
  }
};
inline const Settings& settings() {
  static const Settings& once = *new Settings;  // never destroyed: it is asked until the very end
  return once;
}

/// Random numbers whose seed is the number that `setting` is.
inline std::mt19937 dice(const std::string& setting) {
  return std::mt19937(static_cast<std::uint32_t>(std::atol(setting.c_str())));
}

}  // namespace host_device
