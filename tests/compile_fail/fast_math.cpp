// SPDX-License-Identifier: Apache-2.0
// flags: -ffast-math
// expect: mace: compile without -ffast-math
#include "compile_fail.hpp"

int main() {}
