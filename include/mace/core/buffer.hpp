// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstring>
#include <limits>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

#include "mace/core/error.hpp"
#include "mace/core/view.hpp"

namespace mace {

/// Alignment in bytes of every buffer and of every layer within a flat parameter buffer.
inline constexpr std::size_t alignment = 64;

/// Host memory.
struct HostSpace {
  static void* allocate(std::size_t bytes) {
    void* memory = ::operator new (bytes, std::align_val_t{alignment});
    std::memset(memory, 0, bytes);
    return memory;
  }
  static void release(void* memory) noexcept { ::operator delete (memory, std::align_val_t{alignment}); }
};

/// Owned, zero-initialized array of trivially copyable values in one memory space. Move-only: copies between memory
/// spaces are explicit.
template <class T, class Space = HostSpace>
class Buffer {
  static_assert(std::is_trivially_copyable_v<T>, "mace::Buffer: the element type must be trivially copyable");

 public:
  Buffer() = default;
  /// @throws Error if `size` is negative or memory runs out.
  explicit Buffer(Index size) : size_(size) {
    require(size >= 0, "Buffer: wanted a size of at least 0, got ", size);
    if (size == 0) return;
    try {
      if (static_cast<std::size_t>(size) > std::numeric_limits<Index>::max() / sizeof(T)) throw std::bad_alloc();
      data_ = static_cast<T*>(Space::allocate(static_cast<std::size_t>(size) * sizeof(T)));
    } catch (const std::bad_alloc&) {
      fail("Buffer: wanted ", size, " values of ", sizeof(T), " bytes, got no memory for them");
    }
  }
  Buffer(Buffer&& other) noexcept : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Buffer() {
    if (data_ != nullptr) Space::release(data_);
  }

  /// Pointer to the values. Accessors are deleted for temporaries, whose memory would be freed before its use.
  T* data() const& { return data_; }
  T* data() const&& = delete;
  std::span<T> span() const& { return {data_, static_cast<std::size_t>(size_)}; }
  std::span<T> span() const&& = delete;
  Index size() const { return size_; }
  /// Views the first `rows * cols` values as a column-major matrix.
  /// @throws Error if the buffer is smaller than the matrix.
  MatrixView<T> matrix(Index rows, Index cols) const& {
    require(rows >= 0 && cols >= 0 && (cols == 0 || rows <= size_ / cols), "Buffer::matrix: wanted ", rows, " x ", cols,
            " values, got ", size_);
    return {data_, rows, cols};
  }
  MatrixView<T> matrix(Index rows, Index cols) const&& = delete;

 private:
  T* data_ = nullptr;
  Index size_ = 0;
};

/// Grows a buffer to at least `size` values. A large enough buffer keeps its address, to which a recorded round, for
/// example, may refer; otherwise it is reallocated, zero-initialized, and its old values are lost.
template <class Exec, class T>
void grow(Exec& exec, Buffer<T, typename Exec::Space>& buffer, Index size) {
  if (buffer.size() < size) buffer = exec.template allocate<T>(size);
}

}  // namespace mace
