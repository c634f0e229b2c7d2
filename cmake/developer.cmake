# SPDX-License-Identifier: Apache-2.0
# What our own tests, examples and benchmarks are built with, never a user's program: the warnings, and nvcc.
add_library(mace_developer INTERFACE)
target_compile_options(
  mace_developer
  INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wconversion;-Wshadow;-Wpedantic;-Werror>
            # std::stable_sort of libstdc++ 12 calls what that library itself declares deprecated, and clang 19 minds.
            $<$<AND:$<COMPILE_LANG_AND_ID:CXX,Clang>,$<VERSION_GREATER:$<CXX_COMPILER_VERSION>,19>>:-Wno-deprecated-declarations>
            $<$<COMPILE_LANG_AND_ID:CUDA,NVIDIA>:-Werror=all-warnings;-Xcompiler=-Wall,-Wextra,-Werror>)

# A toolkit can be there without its compiler.
if(TARGET mace::cuda)
  include(CheckLanguage)
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
      set(CMAKE_CUDA_ARCHITECTURES 90)  # one, because each doubles nvcc's time; not `native`: CI has no device
    endif()
    enable_language(CUDA)
  endif()
endif()
