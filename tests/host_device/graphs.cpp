// SPDX-License-Identifier: Apache-2.0
// The capture of a stream, and graphs of what was captured.
#include "graphs.hpp"

#include <set>
#include <string>

#include "host_device.hpp"
#include "report.hpp"

struct CUgraphExec_st {
  std::vector<host_device::Operation> nodes;
};

namespace host_device {

namespace {

struct All {
  std::set<CUgraph_st*> graphs;
  std::set<CUgraphExec_st*> executables;
  unsigned long long captures = 0;
};
All& all() {
  static All& one = *new All;
  return one;
}

const std::string while_captured = " while a stream is captured";

/// Ends a capture; null if it has failed.
CUgraph_st* end_capture(CUstream_st& stream) {
  CUgraph_st* const graph = std::exchange(stream.capture, nullptr);
  if (!std::exchange(stream.capture_invalid, false)) return graph;
  all().graphs.erase(graph);
  delete graph;
  return nullptr;
}

}  // namespace

cudaError_t invalidate(CUstream_st& stream, const std::string& what) {
  stream.capture_invalid = true;
  return violation(cudaErrorStreamCaptureUnsupported, std::string("capture: ") + what);
}
cudaError_t refuse_in_capture(const char* call, cudaStream_t stream) {
  const CUstream_st* const target = stream_of(stream);
  for (CUstream_st* s : streams()) {
    if (s->capture == nullptr) continue;
    const bool mine = s->capturer == std::this_thread::get_id();
    const bool forbidden = s == target || (s->capture_mode == cudaStreamCaptureModeGlobal) ||
                           (mine && s->capture_mode == cudaStreamCaptureModeThreadLocal);
    if (forbidden) return invalidate(*s, call + while_captured);
    if (target != nullptr && target->legacy && s->blocking && s->device == target->device) {
      invalidate(*s, call + while_captured);
      return answer(cudaErrorStreamCaptureImplicit);
    }
  }
  return cudaSuccess;
}
cudaError_t refuse_device_wide(const char* call, int device) {
  for (CUstream_st* s : streams())
    if (s->capture != nullptr && s->device == device) return invalidate(*s, call + while_captured);
  return cudaSuccess;
}

std::size_t live_graphs() {
  return all().graphs.size();
}
std::size_t live_executables() {
  return all().executables.size();
}

}  // namespace host_device

using namespace host_device;

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode) {
  const Entry entry;
  CUstream_st* const s = stream_of(stream);
  if (s == nullptr) return violation(cudaErrorInvalidResourceHandle, "cudaStreamBeginCapture: no such stream");
  if (s->legacy || s->capture != nullptr) return answer(cudaErrorStreamCaptureUnsupported);
  s->capture = new CUgraph_st;
  s->capture_invalid = false;
  s->capture_mode = mode;
  s->capturer = std::this_thread::get_id();
  s->capture_id = ++all().captures;
  all().graphs.insert(s->capture);
  return cudaSuccess;
}
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  const Entry entry;
  *graph = nullptr;
  CUstream_st* const s = stream_of(stream);
  if (s == nullptr || s->capture == nullptr)
    return violation(cudaErrorInvalidValue, "cudaStreamEndCapture: the stream is not captured");
  if (s->capture_mode != cudaStreamCaptureModeRelaxed && s->capturer != std::this_thread::get_id())
    return violation(cudaErrorStreamCaptureUnsupported, "cudaStreamEndCapture: another thread began the capture");
  *graph = end_capture(*s);
  return *graph != nullptr ? cudaSuccess : answer(cudaErrorStreamCaptureInvalidated);
}
cudaError_t cudaStreamGetCaptureInfo(cudaStream_t stream, cudaStreamCaptureStatus* status, unsigned long long* id,
                                     cudaGraph_t* graph) {
  const Entry entry;
  const CUstream_st* const s = stream_of(stream);
  if (s == nullptr) return violation(cudaErrorInvalidResourceHandle, "cudaStreamGetCaptureInfo: no such stream");
  if (s->legacy)
    for (const CUstream_st* other : streams())
      if (other->capture != nullptr && other->blocking && other->device == s->device)
        return answer(cudaErrorStreamCaptureImplicit);
  *status = s->capture == nullptr ? cudaStreamCaptureStatusNone
            : s->capture_invalid  ? cudaStreamCaptureStatusInvalidated
                                  : cudaStreamCaptureStatusActive;
  if (*status != cudaStreamCaptureStatusActive) return cudaSuccess;
  if (id != nullptr) *id = s->capture_id;
  if (graph != nullptr) *graph = s->capture;
  return cudaSuccess;
}
cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus* status) {
  return cudaStreamGetCaptureInfo(stream, status);
}

cudaError_t cudaGraphGetNodes(cudaGraph_t graph, cudaGraphNode_t*, std::size_t* count) {
  const Entry entry;
  *count = graph->nodes.size();  // nodes have no handles
  return cudaSuccess;
}
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph, unsigned long long) {
  const Entry entry;
  if (!all().graphs.contains(graph)) return violation(cudaErrorInvalidValue, "cudaGraphInstantiate: no such graph");
  *executable = new CUgraphExec_st{graph->nodes};
  all().executables.insert(*executable);
  return cudaSuccess;
}
cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream) {
  const Entry entry;
  CUstream_st* const s = stream_of(stream);
  if (s == nullptr || !all().executables.contains(executable))
    return violation(cudaErrorInvalidResourceHandle, "cudaGraphLaunch: no such stream or executable graph");
  if (s->capture != nullptr) return invalidate(*s, "a graph is launched into a captured stream");
  for (const Operation& node : executable->nodes)
    if (const auto status = enqueue(s, node)) return status;
  return cudaSuccess;
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  const Entry entry;
  if (all().graphs.erase(graph) == 0) return violation(cudaErrorInvalidValue, "cudaGraphDestroy: no such graph");
  delete graph;
  return cudaSuccess;
}
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) {
  const Entry entry;
  if (all().executables.erase(executable) == 0)
    return violation(cudaErrorInvalidValue, "cudaGraphExecDestroy: no such executable graph");
  delete executable;
  return cudaSuccess;
}
