# SPDX-License-Identifier: Apache-2.0
# `cpack -G DEB` makes libmace-dev of what is installed. A header-only library has no architecture.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_CONTACT "The mace developers") # CPack wants a maintainer; there is no address to give
set(CPACK_VERBATIM_VARIABLES TRUE)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ
                                                WORLD_EXECUTE)
set(CPACK_DEBIAN_PACKAGE_NAME libmace-dev)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "nlohmann-json3-dev (>= 3)")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
    "A header-only C++20 library that tunes a generative model until what it draws
agrees with what was seen (Krupnik et al., CoRL 2023), with trained priors.")

# What the components that this build has stand on.
set(suggested g++ cmake pkg-config)
if(TARGET mace::urdf)
  list(APPEND suggested libtinyxml2-dev)
endif()
if(TARGET mace::bullet)
  list(APPEND suggested libbullet-dev)
endif()
list(JOIN suggested ", " CPACK_DEBIAN_PACKAGE_SUGGESTS)

# Where Debian looks for the license.
configure_file(LICENSE ${PROJECT_BINARY_DIR}/debian/copyright COPYONLY)
set(CPACK_INSTALLED_DIRECTORIES ${PROJECT_BINARY_DIR}/debian usr/${CMAKE_INSTALL_DATADIR}/doc/libmace-dev)
include(CPack)
