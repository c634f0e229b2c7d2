# SPDX-License-Identifier: Apache-2.0
# Builds report.html in the folder TO from the sources in FROM, which follow `--`. Without the libraries, where npm cannot
# get them, there is a warning and no page.
cmake_policy(VERSION 3.25)
set(sources)
set(following FALSE)
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(i RANGE ${last})
  if(following)
    list(APPEND sources ${CMAKE_ARGV${i}})
  elseif(CMAKE_ARGV${i} STREQUAL "--")
    set(following TRUE)
  endif()
endforeach()

file(REMOVE_RECURSE ${TO}/src ${TO}/test) # what is no longer a source
foreach(source IN LISTS sources)
  cmake_path(GET source PARENT_PATH folder)
  file(COPY ${FROM}/${source} DESTINATION ${TO}/${folder})
endforeach()

# npm leaves this file when all is there. It is asked again only for other libraries.
file(READ ${TO}/package-lock.json wanted)
string(SHA256 wanted "${TESTED} ${wanted}")
set(installed "")
if(EXISTS ${TO}/node_modules/.installed)
  file(READ ${TO}/node_modules/.installed installed)
endif()
if(NOT installed STREQUAL wanted)
  set(kinds --omit=dev)
  if(TESTED)
    set(kinds)
  endif()
  execute_process(COMMAND ${NPM} ci ${kinds} --fetch-retries=1 --loglevel=error
                  WORKING_DIRECTORY ${TO} RESULT_VARIABLE status OUTPUT_QUIET ERROR_VARIABLE errors)
  if(status)
    file(REMOVE ${TO}/report.html)
    message(WARNING "mace: no page of a run: npm could not install its libraries (is there a network?); the programs "
                    "work without it\n${errors}")
    return()
  endif()
  file(WRITE ${TO}/node_modules/.installed ${wanted})
endif()

set(script build)
if(TESTED)
  set(script checked-build) # types too
endif()
execute_process(COMMAND ${NPM} run --silent ${script} WORKING_DIRECTORY ${TO} RESULT_VARIABLE status)
if(status)
  file(REMOVE ${TO}/report.html)
  message(FATAL_ERROR "mace: the page of a run does not build")
endif()
