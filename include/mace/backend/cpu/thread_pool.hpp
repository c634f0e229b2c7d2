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

/// Pool of `threads - 1` worker threads that run the tasks of one loop at a time together with the calling thread. Any
/// thread may run any task, so tasks must not depend on their thread. A loop started within a task runs on that task's
/// thread. The pool allocates no memory after construction.
class ThreadPool {
 public:
  /// @throws Error unless `threads` is 1 to 1024 and all threads can be started.
  explicit ThreadPool(int threads) {
    require(threads >= 1 && threads <= 1024, "ThreadPool: wanted 1 to 1024 threads, got ", threads);
    workers_.reserve(static_cast<std::size_t>(threads - 1));
    try {
      while (this->threads() < threads) workers_.emplace_back([this, number = this->threads()] { work(number); });
    } catch (const std::system_error& error) {
      stop();  // the threads that did start, since otherwise joining them would never return
      fail("cpu: wanted ", threads, " threads, could start ", this->threads(), ": ", error.what());
    }
  }
  ~ThreadPool() { stop(); }
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }
  /// Number of the thread that runs the calling task, 0 to threads() - 1; 0 outside of tasks.
  int worker() const { return task_of_ == this ? worker_ : 0; }

  /// Calls task(0) … task(count - 1) and returns when all have finished. Rethrows the first exception of a task, after
  /// which the remaining tasks are skipped.
  template <class Task>
  void run(Index count, const Task& task) {
    if (workers_.empty() || count <= 1 || task_of_ != nullptr) {
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
      open_ = true;
      ++generation_;
    }
    wake_.notify_all();
    take_tasks(0);
    std::unique_lock lock(mutex_);
    open_ = false;  // a worker that has not woken up yet finds no tasks and is not waited for
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

  void take_tasks(int worker) {
    task_of_ = this;
    worker_ = worker;
    for (Index i; (i = next_.fetch_add(1, std::memory_order_relaxed)) < count_;) {
      try {
        call_(task_, i);
      } catch (...) {
        std::lock_guard lock(mutex_);
        if (!failure_) failure_ = std::current_exception();
        next_.store(count_, std::memory_order_relaxed);
      }
    }
    task_of_ = nullptr;
  }

  void work(int number) {
    std::uint64_t seen = 0;
    for (;;) {
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return stopping_ || (open_ && generation_ != seen); });
        if (stopping_) return;
        seen = generation_;
        ++busy_;
      }
      take_tasks(number);
      std::lock_guard lock(mutex_);
      if (--busy_ == 0) done_.notify_one();
    }
  }

  static inline thread_local const ThreadPool* task_of_ = nullptr;  ///< pool of the task that this thread runs
  static inline thread_local int worker_ = 0;

  std::mutex mutex_;
  std::condition_variable wake_, done_;
  const void* task_ = nullptr;
  Call call_ = nullptr;
  Index count_ = 0;
  std::atomic<Index> next_{0};
  int busy_ = 0;       ///< workers inside the loop
  bool open_ = false;  ///< the loop has tasks left
  std::uint64_t generation_ = 0;
  bool stopping_ = false;
  std::exception_ptr failure_;
  std::vector<std::jthread> workers_;
};

}  // namespace mace
