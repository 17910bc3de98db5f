#pragma once

/// The engine, whole: its interface, what it does with a packet that arrives, and what becomes of it afterwards.

#include <sheaf/core/engine_admission.hpp>
#include <sheaf/core/engine_direct.hpp>
#include <sheaf/core/engine_interface.hpp>
#include <sheaf/core/engine_settlement.hpp>
