# SPDX-License-Identifier: Apache-2.0
# The version in a JSON file is the header's.
# cmake -D FILE=<file> -D VERSION=<the header's> -P same_version.cmake
file(READ ${FILE} text)
string(JSON got GET "${text}" version)
if(NOT got STREQUAL VERSION)
  message(FATAL_ERROR "${FILE}: wanted the version ${VERSION} of mace/core/config.hpp, got ${got}")
endif()
