// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "mace/core/error.hpp"
#include "mace/core/view.hpp"

namespace mace {

/// `threads - 1` workers that, with the caller, share out the tasks of one loop at a time. Which thread takes which task
/// is open; a task must not depend on it. A loop inside a task runs on the task's own thread. Nothing is allocated after
/// construction.
class ThreadPool {
 public:
  explicit ThreadPool(int threads) {
    require(threads >= 1 && threads <= 1024, "ThreadPool: wanted 1 to 1024 threads, got ", threads);
    workers_.reserve(static_cast<std::size_t>(threads - 1));
    try {
      while (this->threads() < threads) workers_.emplace_back([this] { work(); });
    } catch (const std::system_error& error) {
      stop();  // those that did start, or joining them would never end
      fail("cpu: wanted ", threads, " threads, could start ", this->threads(), ": ", error.what());
    }
  }
  ~ThreadPool() { stop(); }
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  /// Calls task(0) … task(count - 1), each once, and returns when all have; the first exception is thrown here.
  template <class Task>
  void run(Index count, const Task& task) {
    if (workers_.empty() || count <= 1 || in_task_) {
      for (Index i = 0; i < count; ++i) task(i);
      return;
    }
    share(count, &task, [](const void* t, Index i) { (*static_cast<const Task*>(t))(i); });
  }

 private:
  using Call = void (*)(const void*, Index);

  void share(Index count, const void* task, Call call) {
    {
      std::lock_guard lock(mutex_);
      task_ = task;
      call_ = call;
      count_ = count;
      next_.store(0, std::memory_order_relaxed);
      busy_ = static_cast<int>(workers_.size());
      ++generation_;
    }
    wake_.notify_all();
    take_tasks();
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return busy_ == 0; });
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  }

  void stop() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
  }

  void take_tasks() {
    in_task_ = true;
    for (Index i; (i = next_.fetch_add(1, std::memory_order_relaxed)) < count_;) {
      try {
        call_(task_, i);
      } catch (...) {
        std::lock_guard lock(mutex_);
        if (!failure_) failure_ = std::current_exception();
        next_.store(count_, std::memory_order_relaxed);
      }
    }
    in_task_ = false;
  }

  void work() {
    std::uint64_t seen = 0;
    for (;;) {
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return stopping_ || generation_ != seen; });
        if (stopping_) return;
        seen = generation_;
      }
      take_tasks();
      std::lock_guard lock(mutex_);
      if (--busy_ == 0) done_.notify_one();
    }
  }

  static inline thread_local bool in_task_ = false;  ///< of any pool: its workers are taken until the task is done

  std::mutex mutex_;
  std::condition_variable wake_, done_;
  const void* task_ = nullptr;
  Call call_ = nullptr;
  Index count_ = 0;
  std::atomic<Index> next_{0};
  int busy_ = 0;
  std::uint64_t generation_ = 0;
  bool stopping_ = false;
  std::exception_ptr failure_;
  std::vector<std::jthread> workers_;
};

}  // namespace mace
