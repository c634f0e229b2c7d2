# SPDX-License-Identifier: Apache-2.0
# The package as a stranger uses it. Each test configures, builds and runs a tiny project from scratch (run.cmake).
set(work ${CMAKE_CURRENT_BINARY_DIR}/consumers)

# add_consumer(<name> <project folder> <argument of run.cmake>...)
function(add_consumer name project)
  add_test(NAME consumer.${name}
           COMMAND ${CMAKE_COMMAND} -D SOURCE=${CMAKE_CURRENT_SOURCE_DIR}/consumers/${project} -D BUILD=${work}/${name}
                   -D GENERATOR=${CMAKE_GENERATOR} -D COMPILER=${CMAKE_CXX_COMPILER}
                   -D MACE_SOURCE_DIR=${PROJECT_SOURCE_DIR} ${ARGN} -P
                   ${CMAKE_CURRENT_SOURCE_DIR}/consumers/run.cmake)
  set_tests_properties(consumer.${name} PROPERTIES LABELS consumer)
endfunction()

# One installation of this build, and one made where no toolkit was found.
add_test(NAME consumer.install COMMAND ${CMAKE_COMMAND} --install ${PROJECT_BINARY_DIR} --config $<CONFIG> --prefix
                                       ${work}/prefix)
set_tests_properties(consumer.install PROPERTIES LABELS consumer FIXTURES_SETUP prefix)
add_consumer(install_without_cuda ../.. -D STEPS=install -D PREFIX=${work}/prefix_without_cuda -D TOOLKIT=hidden)
set_tests_properties(consumer.install_without_cuda PROPERTIES FIXTURES_SETUP prefix_without_cuda)

add_consumer(add_subdirectory add_subdirectory)
add_consumer(fetch_content fetch_content)
add_consumer(find_package find_package -D PREFIX=${work}/prefix -D TOOLKIT=hidden)
add_consumer(find_package_without_cuda find_package -D PREFIX=${work}/prefix_without_cuda -D TOOLKIT=hidden)
add_consumer(cuda_missing find_package -D PREFIX=${work}/prefix_without_cuda -D COMPONENT=cuda -D
             "EXPECT=this installation of mace has no CUDA backend")
set_tests_properties(consumer.find_package PROPERTIES FIXTURES_REQUIRED prefix)
set_tests_properties(consumer.find_package_without_cuda consumer.cuda_missing PROPERTIES FIXTURES_REQUIRED
                                                                                         prefix_without_cuda)
if(TARGET mace_cuda)
  add_consumer(cuda find_package -D PREFIX=${work}/prefix -D COMPONENT=cuda)
  add_consumer(cuda_toolkit_gone find_package -D PREFIX=${work}/prefix -D COMPONENT=cuda -D TOOLKIT=hidden -D
               "EXPECT=needs the CUDA toolkit")
  set_tests_properties(consumer.cuda consumer.cuda_toolkit_gone PROPERTIES FIXTURES_REQUIRED prefix)
else()
  mace_add_skipped_test(NAME consumer.cuda LABEL consumer REASON "no CUDA toolkit, or MACE_CUDA=OFF")
endif()
