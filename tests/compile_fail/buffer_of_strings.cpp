// SPDX-License-Identifier: Apache-2.0
// expect: mace::Buffer: the element type must be trivially copyable
#include "compile_fail.hpp"

int main() {
  mace::Buffer<std::string> names(3);
}
