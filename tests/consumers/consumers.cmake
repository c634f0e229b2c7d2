# SPDX-License-Identifier: Apache-2.0
# The package as a stranger uses it. Each test configures, builds and runs a tiny project from scratch (run.cmake).
set(work ${CMAKE_CURRENT_BINARY_DIR}/consumers)

# add_consumer(<name> <project folder> <argument of run.cmake>...)
function(add_consumer name project)
  add_test(NAME consumer.${name}
           COMMAND ${CMAKE_COMMAND} -D SOURCE=${CMAKE_CURRENT_SOURCE_DIR}/consumers/${project} -D BUILD=${work}/${name}
                   -D GENERATOR=${CMAKE_GENERATOR} -D COMPILER=${CMAKE_CXX_COMPILER} ${ARGN} -P
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
add_consumer(own_json own_json)
add_consumer(exported exported)
add_consumer(find_package find_package -D PREFIX=${work}/prefix -D TOOLKIT=hidden -D PKGCONFIG=hidden)
add_consumer(find_package_bare find_package -D PREFIX=${work}/prefix_bare -D TOOLKIT=hidden)
set_tests_properties(consumer.find_package PROPERTIES FIXTURES_REQUIRED prefix)
set_tests_properties(consumer.find_package_bare PROPERTIES FIXTURES_REQUIRED prefix_bare)

# add_component(<name> LACK <what an installation without it lacks> REASON <why this build has none>
#               [<argument of run.cmake that hides something> <what is wanted then>]...)
# The component asked of the bare installation, of this build's, and of that where something it needs is hidden.
function(add_component name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "LACK;REASON;TOOLKIT;PKGCONFIG;MODULES" "")
  add_consumer(${name}_missing find_package -D PREFIX=${work}/prefix_bare -D COMPONENT=${name} -D
               "EXPECT=this installation of mace has no ${arg_LACK}")
  set_tests_properties(consumer.${name}_missing PROPERTIES FIXTURES_REQUIRED prefix_bare)
  if(NOT TARGET mace::${name})
    mace_add_skipped_test(NAME consumer.${name} LABEL consumer REASON ${arg_REASON})
    return()
  endif()
  add_consumer(${name} find_package -D PREFIX=${work}/prefix -D COMPONENT=${name})
  set_tests_properties(consumer.${name} PROPERTIES FIXTURES_REQUIRED prefix)
  foreach(hidden IN ITEMS TOOLKIT PKGCONFIG MODULES)
    if(arg_${hidden})
      string(TOLOWER ${name}_without_${hidden} test)
      add_consumer(${test} find_package -D PREFIX=${work}/prefix -D COMPONENT=${name} -D ${hidden}=hidden -D
                   "EXPECT=the component '${name}' of mace needs ${arg_${hidden}}")
      set_tests_properties(consumer.${test} PROPERTIES FIXTURES_REQUIRED prefix)
    endif()
  endforeach()
endfunction()

add_component(cuda LACK "CUDA backend: it was configured with MACE_CUDA=OFF or without a toolkit" REASON
              "no CUDA toolkit, or MACE_CUDA=OFF" TOOLKIT "the CUDA toolkit, which find_package(CUDAToolkit) did not find")
add_component(urdf LACK "reader of URDF: it was configured without TinyXML-2" REASON "TinyXML-2 is missing"
              PKGCONFIG "pkg-config, which was not found, to find tinyxml2" MODULES
              "tinyxml2, which pkg-config did not find")
add_component(assimp LACK "reader of COLLADA: it was configured without assimp" REASON "assimp is missing" PKGCONFIG
              "pkg-config, which was not found, to find assimp" MODULES "assimp, which pkg-config did not find")
add_component(bullet LACK "simulator on Bullet: it was configured without bullet-float64" REASON
              "bullet-float64 is missing" PKGCONFIG "pkg-config, which was not found, to find bullet-float64" MODULES
              "bullet-float64, which pkg-config did not find")

add_consumer(ik find_package -D PREFIX=${work}/prefix -D COMPONENT=ik)
set_tests_properties(consumer.ik PROPERTIES FIXTURES_REQUIRED prefix)

# What is asked for and not there is all named, and so is what no mace has.
add_consumer(several_missing find_package -D PREFIX=${work}/prefix_bare -D COMPONENT=urdf+teleport+bullet -D
             "EXPECT=without TinyXML-2, and mace has no component 'teleport', it has: ik, cuda, urdf, assimp, bullet, and this")
set_tests_properties(consumer.several_missing PROPERTIES FIXTURES_REQUIRED prefix_bare)

# Without CMake: by pkg-config.
find_program(pkg_config_program pkg-config)
if(pkg_config_program)
  add_test(NAME consumer.pkg_config
           COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/consumers/pkg_config.sh ${work}/prefix ${PROJECT_VERSION}
                   ${CMAKE_CXX_COMPILER})
  set_tests_properties(consumer.pkg_config PROPERTIES LABELS consumer FIXTURES_REQUIRED prefix)
else()
  mace_add_skipped_test(NAME consumer.pkg_config LABEL consumer REASON "no pkg-config")
endif()

# As a Debian package, unpacked into a folder: to install it takes root.
find_program(dpkg_deb_program dpkg-deb)
if(dpkg_deb_program)
  add_test(NAME consumer.debian_package
           COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/consumers/debian_package.sh ${PROJECT_SOURCE_DIR} ${work}/package
                   ${PROJECT_VERSION} ${CMAKE_COMMAND} ${CMAKE_CPACK_COMMAND})
  set_tests_properties(consumer.debian_package PROPERTIES LABELS consumer FIXTURES_SETUP debian)
  add_consumer(debian find_package -D PREFIX=${work}/package/root/usr)
  set_tests_properties(consumer.debian PROPERTIES FIXTURES_REQUIRED debian)
else()
  mace_add_skipped_test(NAME consumer.debian LABEL consumer REASON "no dpkg-deb")
endif()
