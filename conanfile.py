"""The Conan 2 recipe. `conan create . -tf tests/consumers/conan` builds the package and tests it."""

import os
import re

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.files import copy, load

required_conan_version = ">=2.0"


class SheafConan(ConanFile):
    name = "sheaf"
    description = "Collates interleaved packet streams"
    license = "BSL-1.0"
    topics = ("header-only", "concurrency", "streams", "reassembly")
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    # The connectors need packages of others and are not part of this one.
    exports_sources = "include/*", "!include/sheaf/connect/*", "LICENSE"
    no_copy_source = True

    def set_version(self):
        header = load(self, os.path.join(self.recipe_folder, "include", "sheaf", "version.hpp"))
        self.version = re.search(r'SHEAF_VERSION_STRING "([0-9.]+)"', header).group(1)

    def validate(self):
        check_min_cppstd(self, 20)

    def package_id(self):
        self.info.clear()  # the settings are there to be validated; the headers are the same for all

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        copy(self, "*.hpp", os.path.join(self.source_folder, "include"), os.path.join(self.package_folder, "include"))

    def package_info(self):
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
        self.cpp_info.set_property("cmake_file_name", "sheaf")
        self.cpp_info.set_property("cmake_target_name", "sheaf::sheaf")
        self.cpp_info.set_property("cmake_config_version_compat", "SameMinorVersion")
        self.cpp_info.set_property("pkg_config_name", "sheaf")
        if self.settings.os in ("Linux", "FreeBSD"):
            self.cpp_info.system_libs = ["pthread"]
