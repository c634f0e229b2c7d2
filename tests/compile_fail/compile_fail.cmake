# SPDX-License-Identifier: Apache-2.0
# Wrong use fails with its sentence: each file here says in its first lines what the compiler must print
# as its first error,
#   // expect: <sentence>
# and, if it takes one to be wrong, `// flags: <flag>`;
# and control.cpp, which is right use, says `// expect: success`. It shows that the others fail for their own reason.
file(GLOB sources CONFIGURE_DEPENDS compile_fail/*.cpp)
if(NOT sources)
  return()
endif()

# Never built; it carries the include paths of a program that uses the library. clangd and clang-tidy must not see it.
add_library(compile_fail_paths OBJECT EXCLUDE_FROM_ALL ${sources})
set_target_properties(compile_fail_paths PROPERTIES EXPORT_COMPILE_COMMANDS OFF)
target_link_libraries(compile_fail_paths PRIVATE mace::mace Eigen3::Eigen)

foreach(source IN LISTS sources)
  get_filename_component(name ${source} NAME_WE)
  add_test(
    NAME compile_fail.${name}
    COMMAND
      ${CMAKE_COMMAND} -D COMPILER=${CMAKE_CXX_COMPILER} -D "INCLUDES=$<TARGET_PROPERTY:compile_fail_paths,INCLUDE_DIRECTORIES>"
      -D SOURCE=${source} -P ${CMAKE_CURRENT_SOURCE_DIR}/compile_fail/run.cmake)
  set_tests_properties(compile_fail.${name} PROPERTIES LABELS compile_fail)
endforeach()

add_test(NAME compile_fail.docs COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/compile_fail/check_docs.sh)
set_tests_properties(compile_fail.docs PROPERTIES LABELS compile_fail)
