# SPDX-License-Identifier: Apache-2.0
# The target mace::ik of an installation: the search behind IkSolver, compiled once in the project that uses it.
if(NOT TARGET mace_ik)
  add_library(mace_ik STATIC EXCLUDE_FROM_ALL ${mace_SOURCE_DIR_OF_IK}/ik.cpp)
  add_library(mace::ik ALIAS mace_ik)
  target_link_libraries(mace_ik PUBLIC mace::mace)
  target_compile_definitions(mace_ik PUBLIC MACE_IK_COMPILED)
endif()
