// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace mace {

/// A fixed cloud prepared once for many nearest-neighbor searches in it. Each backend has a specialization, constructed
/// from an executor and a span of x, y, z on the host. It is expensive to copy.
template <class Space>
class CloudIndex;

}  // namespace mace
