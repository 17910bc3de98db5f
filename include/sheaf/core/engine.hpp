#pragma once

/// The engine, whole: its interface, what it does with a packet that arrives and what that takes, what becomes of it
/// afterwards, and of its resource in the end.

#include <sheaf/core/engine_admission.hpp>
#include <sheaf/core/engine_departure.hpp>
#include <sheaf/core/engine_direct.hpp>
#include <sheaf/core/engine_interface.hpp>
#include <sheaf/core/engine_memory.hpp>
#include <sheaf/core/engine_settlement.hpp>
