// Private to config/: the only header that includes toml++. With exceptions, because its 3.3 goes on parsing after some
// errors without them, up to its own assertions.
#pragma once

#define TOML_EXCEPTIONS 1
#define TOML_ENABLE_FORMATTERS 0
#define TOML_ENABLE_WINDOWS_COMPAT 0
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#endif
#include <toml++/impl/preprocessor.h>
// Its parser promises the compiler that a key begins like one before it has looked: "[[[[" is then undefined behaviour.
// Without the promise it reports an ordinary error.
#undef TOML_ASSERT_ASSUME
#define TOML_ASSERT_ASSUME(expr) static_cast<void>(0)
#include <toml++/toml.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
