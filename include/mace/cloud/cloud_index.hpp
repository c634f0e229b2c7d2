// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace mace {

/// A fixed cloud prepared once for many nearest-neighbor searches in it; each backend has its own, made for an
/// executor from a span of x, y, z on the host. Copying it is not cheap.
template <class Space>
class CloudIndex;

}  // namespace mace
