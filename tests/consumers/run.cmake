# SPDX-License-Identifier: Apache-2.0
# cmake -D SOURCE=<project> -D BUILD=<folder> -D GENERATOR=<name> -D COMPILER=<c++> -P run.cmake, and
#   PREFIX=<folder>      where mace is, or is to be, installed
#   COMPONENT=<name>     the component that the project asks for; more than one with a + between them
#   TOOLKIT=hidden       as on a machine without CUDA
#   PKGCONFIG=hidden     as on a machine without pkg-config, so without TinyXML-2 and Bullet
#   MODULES=hidden       as on a machine with pkg-config, but without what it is to find
#   STEPS=install        install the project into PREFIX instead of building and running it
#   EXPECT=<sentence>    configuring must fail with this sentence
cmake_minimum_required(VERSION 3.25)

file(REMOVE_RECURSE ${BUILD})
set(options -G ${GENERATOR} -D CMAKE_CXX_COMPILER=${COMPILER} -D CMAKE_BUILD_TYPE=Debug -D MACE_COMPONENT=${COMPONENT}
            -D CMAKE_FIND_PACKAGE_NO_PACKAGE_REGISTRY=ON)
if(NOT STEPS STREQUAL "install")  # the warnings of careful projects
  list(APPEND options "-D CMAKE_CXX_FLAGS=-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wdouble-promotion \
-Wold-style-cast -Wshadow -Werror")
endif()
if(TOOLKIT STREQUAL "hidden")
  list(APPEND options -D CMAKE_DISABLE_FIND_PACKAGE_CUDAToolkit=ON -D CMAKE_CUDA_COMPILER=NOTFOUND)
endif()
if(PKGCONFIG STREQUAL "hidden")
  list(APPEND options -D CMAKE_DISABLE_FIND_PACKAGE_PkgConfig=ON)
endif()
if(MODULES STREQUAL "hidden")
  set(ENV{PKG_CONFIG_LIBDIR} ${BUILD})
endif()
if(STEPS STREQUAL "install")
  list(APPEND options -D CMAKE_INSTALL_PREFIX=${PREFIX})
elseif(PREFIX)
  list(APPEND options -D CMAKE_PREFIX_PATH=${PREFIX})
endif()

execute_process(COMMAND ${CMAKE_COMMAND} -S ${SOURCE} -B ${BUILD} ${options} RESULT_VARIABLE status
                OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(EXPECT)
  string(REGEX REPLACE "[ \n]+" " " one_line "${output}")  # CMake wraps its messages
  string(FIND "${one_line}" "${EXPECT}" position)
  if(status EQUAL 0 OR position EQUAL -1)
    message(FATAL_ERROR "configuring must fail with `${EXPECT}`, but says:\n${output}")
  endif()
  return()
elseif(NOT status EQUAL 0)
  message(FATAL_ERROR "does not configure:\n${output}")
endif()

if(STEPS STREQUAL "install")
  execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} COMMAND_ERROR_IS_FATAL ANY)
else()
  execute_process(COMMAND ${CMAKE_COMMAND} --build ${BUILD} COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND ${BUILD}/consumer COMMAND_ERROR_IS_FATAL ANY)
endif()
