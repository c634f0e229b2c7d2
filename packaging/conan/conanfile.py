# SPDX-License-Identifier: Apache-2.0
"""A recipe for Conan 2. Not run yet. The sources are the tree that it stands in."""

import os
import re

from conan import ConanFile
from conan.tools.cmake import CMake, CMakeToolchain
from conan.tools.files import copy, load


class Mace(ConanFile):
    name = "mace"
    description = "Model adaptation with the cross-entropy method, a header-only C++20 library"
    license = "Apache-2.0"
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    no_copy_source = True
    generators = "CMakeDeps"

    def set_version(self):
        header = load(self, os.path.join(self.recipe_folder, "../../include/mace/core/config.hpp"))
        self.version = ".".join(re.findall(r"#define MACE_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", header))

    def export_sources(self):
        root = os.path.join(self.recipe_folder, "../..")
        for pattern in ("CMakeLists.txt", "LICENSE", "cmake/*", "include/*", "priors/*"):
            copy(self, pattern, root, self.export_sources_folder)

    def requirements(self):
        self.requires("nlohmann_json/[>=3 <4]", transitive_headers=True)

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["MACE_CUDA"] = False
        toolchain.cache_variables["CMAKE_DISABLE_FIND_PACKAGE_PkgConfig"] = True
        toolchain.generate()

    def build(self):
        CMake(self).configure()

    def package(self):
        CMake(self).install()

    def package_id(self):
        self.info.clear()

    def package_info(self):
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
        self.cpp_info.set_property("cmake_file_name", "mace")
        self.cpp_info.set_property("cmake_target_name", "mace::mace")
        self.cpp_info.requires = ["nlohmann_json::nlohmann_json"]
        self.cpp_info.system_libs = ["pthread"]
