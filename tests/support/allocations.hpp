// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace mace::test {

/// How often the program has called operator new so far, on any thread; for programs that allocations.cpp is part of.
long allocations();

}  // namespace mace::test
