// SPDX-License-Identifier: Apache-2.0
// Streams and events. What stands in a stream is done as late as the order allows, as early, or at random.
#include "streams.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>

#include "devices.hpp"
#include "graphs.hpp"
#include "host_device.hpp"
#include "report.hpp"
#include "settings.hpp"

struct CUevent_st {
  int device = 0;
  CUstream_st* stream = nullptr;  ///< that it was recorded in; null: in none
  std::uint64_t after = 0;        ///< the number of operations before it there
};

namespace host_device {

namespace {

struct All {
  std::vector<CUstream_st*> streams;
  std::map<int, CUstream_st*> legacy;                                  // by device
  std::map<std::pair<int, std::thread::id>, CUstream_st*> of_threads;  // by device and thread
  std::set<CUevent_st*> events;
  std::mt19937 dice = host_device::dice(settings().schedule);
};
All& all() {
  static All& one = *new All;
  return one;
}

CUstream_st* make_stream(int device, bool blocking) {
  CUstream_st* const s = new CUstream_st;
  s->device = device;
  s->blocking = blocking;
  all().streams.push_back(s);
  return s;
}
CUstream_st& legacy_stream(int device) {
  CUstream_st*& s = all().legacy[device];
  if (s == nullptr) {
    s = make_stream(device, true);
    s->legacy = true;
  }
  return *s;
}

/// Goes on with some of what could be done, as the schedule says.
void proceed() {
  const std::string& schedule = settings().schedule;
  if (schedule == "late") return;
  auto& dice = all().dice;
  for (CUstream_st* s : all().streams) {
    if (s->done == s->put) continue;
    if (schedule == "early")
      drain(*s);
    else if (dice() % 2 == 0)
      execute(*s, s->done + 1 + dice() % (s->put - s->done));
  }
}

}  // namespace

CUstream_st* stream_of(cudaStream_t handle) {
  if (handle == nullptr || handle == cudaStreamLegacy) return &legacy_stream(current_device());
  if (handle == cudaStreamPerThread) {
    CUstream_st*& s = all().of_threads[{current_device(), std::this_thread::get_id()}];
    if (s == nullptr) s = make_stream(current_device(), true);
    return s;
  }
  const auto found = std::ranges::find(all().streams, handle);
  return found != all().streams.end() && handle->alive ? handle : nullptr;
}
const std::vector<CUstream_st*>& streams() {
  return all().streams;
}

cudaError_t enqueue(CUstream_st* stream, Operation operation) {
  if (stream->capture != nullptr) {
    if (stream->capture_invalid) return answer(cudaErrorStreamCaptureInvalidated);
    stream->capture->nodes.push_back(std::move(operation));
    return cudaSuccess;
  }
  if (stream->legacy) {
    for (CUstream_st* other : all().streams) {
      if (other == stream || !other->blocking || other->device != stream->device) continue;
      if (other->capture != nullptr) {
        invalidate(*other, "the legacy stream would wait for a stream that is captured");
        return answer(cudaErrorStreamCaptureImplicit);
      }
      operation.after.emplace_back(other, other->put);
    }
  } else if (stream->blocking) {
    CUstream_st& legacy = legacy_stream(stream->device);
    operation.after.emplace_back(&legacy, legacy.put);
  }
  stream->queue.push_back(std::move(operation));
  ++stream->put;
  proceed();
  return cudaSuccess;
}
void execute(CUstream_st& stream, std::uint64_t end) {
  while (stream.done < end) {
    const Operation next = std::move(stream.queue.front());
    stream.queue.pop_front();
    for (const auto& [other, number] : next.after) execute(*other, number);
    {
      const Work work(next.name, next.device);
      next.run();
    }
    ++stream.done;
  }
}
void drain(CUstream_st& stream) {
  execute(stream, stream.put);
}
void drain_device(int device) {
  for (CUstream_st* s : all().streams)
    if (s->device == device) drain(*s);
}

cudaError_t refuse_other_device(const char* call, const CUstream_st& stream) {
  if (stream.device == current_device()) return cudaSuccess;
  return violation(cudaErrorInvalidResourceHandle, std::string(call) + ": the current device is " +
                                                       std::to_string(current_device()) + ", the stream's " +
                                                       std::to_string(stream.device));
}

std::size_t live_events() {
  return all().events.size();
}
Live live() {
  const Entry entry;
  const auto made = std::ranges::count_if(all().streams, [](const CUstream_st* s) { return s->alive; });
  return {.allocations = live_allocations(false),
          .pinned = live_allocations(true),
          .streams = static_cast<std::size_t>(made) - all().legacy.size() - all().of_threads.size(),
          .events = live_events(),
          .graphs = live_graphs(),
          .executables = live_executables(),
          .handles = live_handles()};
}

}  // namespace host_device

using namespace host_device;

namespace {

/// The stream of a handle, or a violation.
CUstream_st* wanted_stream(const char* call, cudaStream_t handle) {
  CUstream_st* const s = stream_of(handle);
  if (s == nullptr) violation(cudaErrorInvalidResourceHandle, std::string(call) + ": no such stream");
  return s;
}
bool is_event(const char* call, cudaEvent_t event) {
  if (all().events.contains(event)) return true;
  violation(cudaErrorInvalidResourceHandle, std::string(call) + ": no such event");
  return false;
}

}  // namespace

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags) {
  const Entry entry;
  *stream = make_stream(current_device(), (flags & cudaStreamNonBlocking) == 0);
  return cudaSuccess;
}
cudaError_t cudaStreamCreate(cudaStream_t* stream) {
  return cudaStreamCreateWithFlags(stream, cudaStreamDefault);
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  const Entry entry;
  CUstream_st* const s = wanted_stream("cudaStreamDestroy", stream);
  if (s == nullptr) return cudaErrorInvalidResourceHandle;
  if (s->capture != nullptr) invalidate(*s, "a stream is destroyed while it is captured");
  drain(*s);
  s->alive = false;  // it stays, to tell who uses it
  return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  const Entry entry;
  if (const auto status = refuse_in_capture("cudaStreamSynchronize", stream)) return status;
  CUstream_st* const s = wanted_stream("cudaStreamSynchronize", stream);
  if (s == nullptr) return cudaErrorInvalidResourceHandle;
  drain(*s);
  return cudaSuccess;
}
cudaError_t cudaStreamQuery(cudaStream_t stream) {
  const Entry entry;
  if (const auto status = refuse_in_capture("cudaStreamQuery", stream)) return status;
  CUstream_st* const s = wanted_stream("cudaStreamQuery", stream);
  if (s == nullptr) return cudaErrorInvalidResourceHandle;
  if (s->done == s->put) return cudaSuccess;
  execute(*s, s->done + 1);  // or who asks until it is done would ask forever
  return cudaErrorNotReady;
}
cudaError_t cudaStreamGetDevice(cudaStream_t stream, int* device) {
  const Entry entry;
  const CUstream_st* const s = wanted_stream("cudaStreamGetDevice", stream);
  if (s == nullptr) return cudaErrorInvalidResourceHandle;
  *device = s->device;
  return cudaSuccess;
}
cudaError_t cudaStreamGetFlags(cudaStream_t stream, unsigned* flags) {
  const Entry entry;
  const CUstream_st* const s = wanted_stream("cudaStreamGetFlags", stream);
  if (s == nullptr) return cudaErrorInvalidResourceHandle;
  *flags = s->blocking ? cudaStreamDefault : cudaStreamNonBlocking;
  return cudaSuccess;
}
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
  const Entry entry;
  CUstream_st* const s = wanted_stream("cudaStreamWaitEvent", stream);
  if (s == nullptr || !is_event("cudaStreamWaitEvent", event)) return cudaErrorInvalidResourceHandle;
  if (s->capture != nullptr) return invalidate(*s, "a captured stream waits for an event of outside");
  if (event->stream == nullptr) return cudaSuccess;
  return enqueue(s, {.name = "cudaStreamWaitEvent", .run = [] {}, .after = {{event->stream, event->after}}});
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  const Entry entry;
  *event = new CUevent_st{.device = current_device()};
  all().events.insert(*event);
  return cudaSuccess;
}
cudaError_t cudaEventCreate(cudaEvent_t* event) {
  return cudaEventCreateWithFlags(event, cudaEventDefault);
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  const Entry entry;
  if (!is_event("cudaEventDestroy", event)) return cudaErrorInvalidResourceHandle;
  all().events.erase(event);
  delete event;
  return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  const Entry entry;
  CUstream_st* const s = wanted_stream("cudaEventRecord", stream);
  if (s == nullptr || !is_event("cudaEventRecord", event)) return cudaErrorInvalidResourceHandle;
  if (s->capture != nullptr) return invalidate(*s, "an event is recorded in a captured stream");
  if (event->device != s->device)
    return violation(cudaErrorInvalidResourceHandle, "cudaEventRecord: an event of device " +
                                                         std::to_string(event->device) + " in a stream of device " +
                                                         std::to_string(s->device));
  event->stream = s;
  event->after = s->put;
  return cudaSuccess;
}
cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  const Entry entry;
  if (const auto status = refuse_in_capture("cudaEventSynchronize", cudaStreamPerThread)) return status;
  if (!is_event("cudaEventSynchronize", event)) return cudaErrorInvalidResourceHandle;
  if (event->stream != nullptr) execute(*event->stream, event->after);
  proceed();
  return cudaSuccess;
}
cudaError_t cudaEventQuery(cudaEvent_t event) {
  const Entry entry;
  if (const auto status = refuse_in_capture("cudaEventQuery", cudaStreamPerThread)) return status;
  if (!is_event("cudaEventQuery", event)) return cudaErrorInvalidResourceHandle;
  if (event->stream == nullptr || event->stream->done >= event->after) return cudaSuccess;
  execute(*event->stream, event->stream->done + 1);
  return cudaErrorNotReady;
}
