#pragma once

// A host whose platform headers define macros with everyday names, included before the library. What stands here is what
// real headers define. Not here is what breaks the standard library itself: `move`, `clear` and `filter` (curses),
// `index` (old X11), `NAN`.

// The standard headers come first: those of libstdc++ take `min` and `max` away, and the library is to bear them.
#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cassert>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cmath>
#include <concepts>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <functional>
#include <ios>
#include <iterator>
#include <limits>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <ostream>
#include <random>
#include <ranges>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <tuple>
#include <type_traits>
#include <unistd.h>
#include <utility>
#include <variant>
#include <vector>

// windows.h
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define near
#define far
#define small char
#define hyper __int64
#define interface struct
#define pascal
#define cdecl
#define CALLBACK
#define CONST const
#define VOID void
#define BOOL int
#define TRUE 1
#define FALSE 0
#define IN
#define OUT
#define OPTIONAL
#define THIS void
#define STRICT 1
#define ERROR 0
#define NO_ERROR 0L
#define DELETE 0x00010000L
#define DOMAIN 1
#define OVERFLOW 3
#define UNDERFLOW 4
#define IGNORE 0
#define INFINITE 0xFFFFFFFF
#define ABSOLUTE 1
#define RELATIVE 2
#define TRANSPARENT 1
#define OPAQUE 2
#define DIFFERENCE 11
#define Yield()
#define GetMessage GetMessageW
#define SendMessage SendMessageW
#define GetObject GetObjectW
#define CreateFile CreateFileW
#define DeleteFile DeleteFileW
#define GetCurrentTime() 0

// X11/Xlib.h and X11/X.h
#define None 0L
#define Status int
#define Success 0
#define Bool int
#define True 1
#define False 0
#define Always 2
#define Never 0
#define Above 0
#define Below 1
#define Complex 0
#define Convex 2
#define Unsorted 0
#define CurrentTime 0L
#define DestroyAll 0
#define Expose 12
#define FocusIn 9
#define KeyPress 2
#define QueuedAlready 0

// sys/sysmacros.h, sys/param.h, and what compilers predefine in GNU mode
#define major(device) gnu_dev_major(device)
#define minor(device) gnu_dev_minor(device)
#define makedev(major, minor) gnu_dev_makedev(major, minor)
#define roundup(x, y) ((((x) + ((y) - 1)) / (y)) * (y))
#define howmany(x, y) (((x) + ((y) - 1)) / (y))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#undef unix
#undef linux
#define unix 1
#define linux 1

// complex.h, Arduino, termios.h
#define I _Complex_I
#define F(text) text
#define B0 0
#define ECHO 0000010
#define NL0 0000000

// curses.h
#define OK 0
#define ERR (-1)
#define timeout(delay) wtimeout(stdscr, delay)
#define refresh() wrefresh(stdscr)
#define echo() 0
#define box(window, v, h) wborder(window, v, h)
#define delay(ms) napms(ms)

// AssertMacros.h, glog, and other assertions
#define check(assertion)
#define verify(assertion)
#define require(assertion, label)
#define CHECK(condition)
#define DCHECK(condition)
#define REQUIRE(condition)
#define ASSERT(condition)
#define LOG(severity)
#define INFO 0
#define WARNING 1
#define FATAL 3
#define DEBUG 1
#define TRACE 0

// Qt, kernel-like C
#define signals public
#define slots
#define emit
#define foreach(variable, container) for (variable : container)
#define forever for (;;)
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define container_of(pointer, type, member) 0
#define ARRAY_SIZE(array) 0
