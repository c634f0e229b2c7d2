# SPDX-License-Identifier: Apache-2.0
# cmake -D COMPILER=<c++> -D INCLUDES=<folders> -D SOURCE=<file> -P run.cmake
cmake_minimum_required(VERSION 3.25)

# A sentence may take several lines.
file(STRINGS ${SOURCE} expected REGEX "^// expect: ")
list(JOIN expected " " expected)
string(REPLACE "// expect: " "" expected "${expected}")
if(NOT expected)
  message(FATAL_ERROR "${SOURCE} has no line `// expect: <sentence>`")
endif()

file(STRINGS ${SOURCE} flags REGEX "^// flags: " LIMIT_COUNT 1)
string(REGEX REPLACE "^// flags: " "" flags "${flags}")

list(FILTER INCLUDES INCLUDE REGEX ".")  # an INSTALL_INTERFACE path is empty here
list(TRANSFORM INCLUDES PREPEND -I)
execute_process(COMMAND ${COMPILER} -std=c++20 -fsyntax-only ${flags} ${INCLUDES} ${SOURCE} RESULT_VARIABLE status
                OUTPUT_VARIABLE output ERROR_VARIABLE output)
string(REGEX MATCH "error: [^\n]*" first "${output}")  # what comes after it, nobody reads
string(FIND "${first}" "${expected}" position)

if(expected STREQUAL "success")
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "must compile, but does not:\n${output}")
  endif()
elseif(status EQUAL 0)
  message(FATAL_ERROR "must not compile, but does")
elseif(position EQUAL -1)
  message(FATAL_ERROR "fails, but not at first with the sentence\n  ${expected}\nThe compiler says:\n${output}")
endif()
