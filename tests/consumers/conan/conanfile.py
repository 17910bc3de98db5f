"""Builds the program of ../app and ../light with the package under test, and runs it."""

import os

from conan import ConanFile
from conan.tools.build import can_run
from conan.tools.cmake import CMake, cmake_layout
from conan.tools.files import copy, save


class SheafTestPackage(ConanFile):
    settings = "os", "arch", "compiler", "build_type"
    generators = "CMakeDeps", "CMakeToolchain"

    def requirements(self):
        self.requires(self.tested_reference_str)

    def layout(self):
        cmake_layout(self)

    def build(self):
        app = os.path.join(self.build_folder, "app")
        copy(self, "*", os.path.join(self.source_folder, "..", "app"), app)
        copy(self, "main.cpp", os.path.join(self.source_folder, "..", "light"), app)
        version = ".".join(str(self.dependencies["sheaf"].ref.version).split(".")[:2])
        save(self, os.path.join(app, "lines.cmake"),
             f"find_package(sheaf {version} CONFIG REQUIRED)\n"
             "target_link_libraries(your_program PRIVATE sheaf::sheaf)\n")
        cmake = CMake(self)
        cmake.configure(build_script_folder=app)
        cmake.build()

    def test(self):
        if can_run(self):
            self.run(os.path.join(self.cpp.build.bindir, "your_program"), env="conanrun")
