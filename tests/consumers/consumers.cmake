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
add_consumer(cuda_missing find_package -D PREFIX=${work}/prefix_bare -D COMPONENT=cuda -D
             "EXPECT=this installation of mace has no CUDA backend")
add_consumer(urdf_missing find_package -D PREFIX=${work}/prefix_bare -D COMPONENT=urdf -D
             "EXPECT=this installation of mace has no reader of URDF")
add_consumer(bullet_missing find_package -D PREFIX=${work}/prefix_bare -D COMPONENT=bullet -D
             "EXPECT=this installation of mace has no simulator on Bullet")
set_tests_properties(consumer.find_package PROPERTIES FIXTURES_REQUIRED prefix)
set_tests_properties(consumer.find_package_bare consumer.cuda_missing consumer.urdf_missing consumer.bullet_missing
                     PROPERTIES FIXTURES_REQUIRED prefix_bare)
if(TARGET mace_cuda)
  add_consumer(cuda find_package -D PREFIX=${work}/prefix -D COMPONENT=cuda)
  add_consumer(cuda_toolkit_gone find_package -D PREFIX=${work}/prefix -D COMPONENT=cuda -D TOOLKIT=hidden -D
               "EXPECT=needs the CUDA toolkit")
  set_tests_properties(consumer.cuda consumer.cuda_toolkit_gone PROPERTIES FIXTURES_REQUIRED prefix)
else()
  mace_add_skipped_test(NAME consumer.cuda LABEL consumer REASON "no CUDA toolkit, or MACE_CUDA=OFF")
endif()

if(TARGET mace_urdf)
  add_consumer(urdf find_package -D PREFIX=${work}/prefix -D COMPONENT=urdf)
  add_consumer(urdfdom_gone find_package -D PREFIX=${work}/prefix -D COMPONENT=urdf -D PKGCONFIG=hidden -D
               "EXPECT=needs urdfdom")
  set_tests_properties(consumer.urdf consumer.urdfdom_gone PROPERTIES FIXTURES_REQUIRED prefix)
else()
  mace_add_skipped_test(NAME consumer.urdf LABEL consumer REASON "urdfdom is missing")
endif()

if(TARGET mace_bullet)
  add_consumer(bullet find_package -D PREFIX=${work}/prefix -D COMPONENT=bullet)
  add_consumer(bullet_gone find_package -D PREFIX=${work}/prefix -D COMPONENT=bullet -D PKGCONFIG=hidden -D
               "EXPECT=needs bullet-float64")
  set_tests_properties(consumer.bullet consumer.bullet_gone PROPERTIES FIXTURES_REQUIRED prefix)
else()
  mace_add_skipped_test(NAME consumer.bullet LABEL consumer REASON "bullet-float64 is missing")
endif()
