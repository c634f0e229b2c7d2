# SPDX-License-Identifier: Apache-2.0

# mace_add_build_test(NAME <name> LABEL <label> TARGETS <target>...): a test that passes when the targets build. They
# stay out of `all`, so only a run of the test pays for them. Two builds in one tree would collide, hence the lock.
function(mace_add_build_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;LABEL" "TARGETS")
  add_test(NAME ${arg_NAME} COMMAND ${CMAKE_COMMAND} --build ${PROJECT_BINARY_DIR} --config $<CONFIG> --target
                                    ${arg_TARGETS})
  set_tests_properties(${arg_NAME} PROPERTIES LABELS ${arg_LABEL} RESOURCE_LOCK build_tree PROCESSORS 2 TIMEOUT 900)
endfunction()

# mace_add_skipped_test(NAME <name> LABEL <label> REASON <text>): stands for a test this machine cannot run.
function(mace_add_skipped_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;LABEL;REASON" "")
  add_test(NAME ${arg_NAME} COMMAND sh -c "echo \"skipped: $0\"; exit 77" ${arg_REASON})
  set_tests_properties(${arg_NAME} PROPERTIES LABELS ${arg_LABEL} SKIP_RETURN_CODE 77)
endfunction()
