# SPDX-License-Identifier: Apache-2.0
# Every public header compiles alone; two units that include them all link; the headers that hold device code compile
# with nvcc too.
set(include_dir ${PROJECT_SOURCE_DIR}/include)
set(generated_dir ${CMAKE_CURRENT_BINARY_DIR}/generated)
file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${include_dir} ${include_dir}/mace/*.hpp)
file(GLOB_RECURSE cuda_headers CONFIGURE_DEPENDS RELATIVE ${include_dir} ${include_dir}/mace/*.cuh)

# What the headers need beside mace::mace, and the headers that must stay out where that is missing. (Eigen the tests have.)
set(headers_of_urdf "^mace/robot/(urdf|srdf|description_xml)")
set(headers_of_bullet "^mace/simulate/bullet\\.hpp$")
set(optional_targets Eigen3::Eigen)
foreach(component IN ITEMS urdf bullet)
  if(TARGET mace::${component})
    list(APPEND optional_targets mace::${component})
  else()
    list(FILTER headers EXCLUDE REGEX ${headers_of_${component}})
  endif()
endforeach()

# Writes a unit that includes `headers`; `file(GENERATE)` leaves an unchanged file alone.
function(write_unit path headers)
  list(TRANSFORM headers REPLACE "(.+)" "#include \"\\1\"\n")
  list(JOIN headers "" text)
  file(GENERATE OUTPUT ${path} CONTENT "${text}${ARGN}")
endfunction()

# Writes one unit a header into `folder` and lists them in `out`. The header stands twice: its guard must work.
function(write_unit_per_header out headers extension)
  set(units)
  foreach(header IN LISTS headers)
    string(REPLACE "/" "_" name ${header})
    set(unit ${generated_dir}/${name}${extension})
    write_unit(${unit} "${header};${header}")
    list(APPEND units ${unit})
  endforeach()
  set(${out} ${units} PARENT_SCOPE)
endfunction()

write_unit_per_header(units "${headers}" .cpp)
add_library(header_self_containment OBJECT EXCLUDE_FROM_ALL ${units})
set_target_properties(header_self_containment PROPERTIES UNITY_BUILD OFF)
target_link_libraries(header_self_containment PRIVATE mace::mace ${optional_targets} mace_developer)
mace_add_build_test(NAME headers.self_containment LABEL headers TARGETS header_self_containment)

write_unit(${generated_dir}/first_unit.cpp "${headers}" "int second();\nint main() { return second(); }\n")
write_unit(${generated_dir}/second_unit.cpp "${headers}" "int second();\nint second() { return 0; }\n")
add_executable(two_units EXCLUDE_FROM_ALL ${generated_dir}/first_unit.cpp ${generated_dir}/second_unit.cpp)
set_target_properties(two_units PROPERTIES UNITY_BUILD OFF)
target_link_libraries(two_units PRIVATE mace::mace ${optional_targets} mace_developer)
mace_add_build_test(NAME headers.two_units_link LABEL headers TARGETS two_units)

if(NOT CMAKE_CUDA_COMPILER)
  mace_add_skipped_test(NAME nvcc.build LABEL nvcc REASON "no nvcc, or MACE_CUDA=OFF")
  return()
endif()

# The stage headers share one unit: nvcc needs a second or two a file. A .cuh stands alone.
set(stage_headers ${headers})
list(FILTER stage_headers INCLUDE REGEX "^mace/(core|cloud|kinematics|collision|model|simulate|score|select|fit)/")
list(FILTER stage_headers EXCLUDE REGEX "_cpu\\.hpp$|/eigen\\.hpp$|${headers_of_bullet}")
write_unit(${generated_dir}/stage_headers.cu "${stage_headers}")
write_unit_per_header(cuda_units "${cuda_headers}" .cu)
add_library(nvcc_headers OBJECT EXCLUDE_FROM_ALL ${generated_dir}/stage_headers.cu ${cuda_units})
target_link_libraries(nvcc_headers PRIVATE mace::cuda mace_developer)
set(nvcc_targets nvcc_headers)

# Every stage as device code. It is compiled only: in a program it would be a test that runs nothing and passes.
add_library(nvcc_stages OBJECT EXCLUDE_FROM_ALL cuda/stages.cu)
target_include_directories(nvcc_stages PRIVATE ${CMAKE_CURRENT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/examples)
target_link_libraries(nvcc_stages PRIVATE mace::cuda mace_developer)
list(APPEND nvcc_targets nvcc_stages)

# mace_compile_cuda_tests(<target>): no kernel in it may spill registers.
function(mace_compile_cuda_tests target)
  target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/examples)
  target_compile_definitions(${target} PRIVATE MACE_TEST_DEVICE MACE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CUDA>:-Xptxas=-warn-spills>)
  target_link_libraries(${target} PRIVATE mace::cuda doctest::doctest mace_developer)
endfunction()

# The hot kernels are in these.
set(kernel_tests cuda/parity.cu cuda/training.cu)
add_library(nvcc_kernels OBJECT EXCLUDE_FROM_ALL ${kernel_tests})
mace_compile_cuda_tests(nvcc_kernels)
list(APPEND nvcc_targets nvcc_kernels)
mace_add_build_test(NAME nvcc.build LABEL nvcc TARGETS ${nvcc_targets})

# All tests of a device, which takes nvcc some minutes: where there is one. (scripts/ci_long.sh builds them anywhere.)
file(GLOB cuda_tests CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} cuda/*.cu)
list(FILTER cuda_tests EXCLUDE REGEX "/stages\\.cu$")
set(other_tests ${cuda_tests})
list(REMOVE_ITEM other_tests ${kernel_tests})
add_executable(test_cuda EXCLUDE_FROM_ALL ${other_tests} $<TARGET_OBJECTS:nvcc_kernels> main.cpp)
mace_compile_cuda_tests(test_cuda)
execute_process(COMMAND nvidia-smi -L RESULT_VARIABLE without_gpu OUTPUT_QUIET ERROR_QUIET)
if(without_gpu)
  mace_add_skipped_test(NAME nvcc.run LABEL nvcc REASON "no GPU")
  return()
endif()
mace_add_build_test(NAME nvcc.build_tests LABEL nvcc TARGETS test_cuda)
set_tests_properties(nvcc.build_tests PROPERTIES FIXTURES_SETUP test_cuda)
foreach(source IN LISTS cuda_tests)  # a file each: a case that is skipped, for want of a second device, speaks for no other
  get_filename_component(cases ${source} NAME_WE)
  add_test(NAME nvcc.run.${cases} COMMAND test_cuda "--source-file=*/${cases}.cu")
  set_tests_properties(nvcc.run.${cases} PROPERTIES LABELS nvcc SKIP_RETURN_CODE 77 FIXTURES_REQUIRED test_cuda
                                                    FAIL_REGULAR_EXPRESSION "test cases: +0 ")
endforeach()
