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

# One installation of this build, and one made where neither a CUDA toolkit nor what pkg-config finds was there.
add_test(NAME consumer.install COMMAND ${CMAKE_COMMAND} --install ${PROJECT_BINARY_DIR} --config $<CONFIG> --prefix
                                       ${work}/prefix)
set_tests_properties(consumer.install PROPERTIES LABELS consumer FIXTURES_SETUP prefix)
add_consumer(install_bare ../.. -D STEPS=install -D PREFIX=${work}/prefix_bare -D TOOLKIT=hidden -D PKGCONFIG=hidden)
set_tests_properties(consumer.install_bare PROPERTIES FIXTURES_SETUP prefix_bare)

add_consumer(add_subdirectory add_subdirectory)
add_consumer(fetch_content fetch_content)
add_consumer(find_package find_package -D PREFIX=${work}/prefix -D TOOLKIT=hidden -D PKGCONFIG=hidden)
add_consumer(find_package_bare find_package -D PREFIX=${work}/prefix_bare -D TOOLKIT=hidden)
set_tests_properties(consumer.find_package PROPERTIES FIXTURES_REQUIRED prefix)
set_tests_properties(consumer.find_package_bare PROPERTIES FIXTURES_REQUIRED prefix_bare)

# add_component(<name> LACK <what an installation without it lacks> HIDDEN <argument of run.cmake> NEEDS <what is wanted then>
#               REASON <why this build has none>)
# The component asked of the bare installation, of this build's, and of that where what it needs is hidden.
function(add_component name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "LACK;HIDDEN;NEEDS;REASON" "")
  add_consumer(${name}_missing find_package -D PREFIX=${work}/prefix_bare -D COMPONENT=${name} -D
               "EXPECT=this installation of mace has no ${arg_LACK}")
  set_tests_properties(consumer.${name}_missing PROPERTIES FIXTURES_REQUIRED prefix_bare)
  if(NOT TARGET mace_${name})
    mace_add_skipped_test(NAME consumer.${name} LABEL consumer REASON ${arg_REASON})
    return()
  endif()
  add_consumer(${name} find_package -D PREFIX=${work}/prefix -D COMPONENT=${name})
  add_consumer(${name}_gone find_package -D PREFIX=${work}/prefix -D COMPONENT=${name} -D ${arg_HIDDEN}=hidden -D
               "EXPECT=needs ${arg_NEEDS}")
  set_tests_properties(consumer.${name} consumer.${name}_gone PROPERTIES FIXTURES_REQUIRED prefix)
endfunction()

add_component(cuda LACK "CUDA backend" HIDDEN TOOLKIT NEEDS "the CUDA toolkit" REASON
              "no CUDA toolkit, or MACE_CUDA=OFF")
add_component(urdf LACK "reader of URDF" HIDDEN PKGCONFIG NEEDS "urdfdom" REASON "urdfdom is missing")
add_component(bullet LACK "simulator on Bullet" HIDDEN PKGCONFIG NEEDS "bullet-float64" REASON
              "bullet-float64 is missing")
