#pragma once

#include <sheaf/config.hpp>

SHEAF_NAMESPACE_BEGIN

/// Sends results by wire.
class TelegraphSink {};

SHEAF_NAMESPACE_END
