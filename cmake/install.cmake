# SPDX-License-Identifier: Apache-2.0
# Install rules and package files. mace::cuda, mace::urdf and mace::bullet have export files of their own: who does not
# ask for the component does not need what it stands on.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_DATADIR}/cmake/mace)

install(DIRECTORY include/mace DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(
  DIRECTORY priors
  DESTINATION ${CMAKE_INSTALL_DATADIR}/mace
  OPTIONAL FILES_MATCHING
  PATTERN "priors/*.safetensors"
  PATTERN "priors/observations/*")

install(TARGETS mace EXPORT mace)
install(EXPORT mace NAMESPACE mace:: FILE maceTargets.cmake DESTINATION ${package_dir})
foreach(component cuda urdf bullet)
  if(TARGET mace_${component})
    install(TARGETS mace_${component} EXPORT mace_${component})
    install(EXPORT mace_${component} NAMESPACE mace:: DESTINATION ${package_dir})
  endif()
endforeach()

# mace::ik is compiled by who uses it, with their compiler and flags.
set(source_dir ${CMAKE_INSTALL_DATADIR}/mace/src)
install(FILES src/ik.cpp DESTINATION ${source_dir})
install(FILES cmake/mace_ik.cmake DESTINATION ${package_dir})

set(priors_dir ${CMAKE_INSTALL_DATADIR}/mace/priors)
configure_package_config_file(cmake/maceConfig.cmake.in ${PROJECT_BINARY_DIR}/maceConfig.cmake
                              INSTALL_DESTINATION ${package_dir} PATH_VARS priors_dir source_dir)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/maceConfigVersion.cmake COMPATIBILITY SameMinorVersion
                                 ARCH_INDEPENDENT)
install(FILES ${PROJECT_BINARY_DIR}/maceConfig.cmake ${PROJECT_BINARY_DIR}/maceConfigVersion.cmake
        DESTINATION ${package_dir})

# For who builds without CMake. It finds its prefix from where it stands.
file(RELATIVE_PATH prefix_from_here ${CMAKE_INSTALL_FULL_DATADIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" prefix_from_here ${prefix_from_here})
# Our headers' warnings are not the program's. In /usr they are not anyway, and -isystem /usr/include would hide the C
# library's headers from the C++ library's.
set(include_flag "-isystem ")
configure_file(cmake/mace.pc.in ${PROJECT_BINARY_DIR}/mace.pc @ONLY)
set(include_flag "-I")
configure_file(cmake/mace.pc.in ${PROJECT_BINARY_DIR}/usr/mace.pc @ONLY)
install(CODE "
  set(folder)
  if(CMAKE_INSTALL_PREFIX STREQUAL \"/usr\")
    set(folder usr/)
  endif()
  file(INSTALL \"${PROJECT_BINARY_DIR}/\${folder}mace.pc\"
       DESTINATION \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR}/pkgconfig\")")
