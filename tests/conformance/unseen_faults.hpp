#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

/// The cases of JSONTestSuite that are not JSON and that strict accepts as the value of a member, by its documentation:
/// what stands between brackets and strings is not looked at. Literals, numbers, commas and colons are wrong there, or
/// missing, or there is something else; brackets and strings are all right.
inline std::vector<std::string_view> unseen_faults() {
    constexpr std::string_view names = R"(
n_array_1_true_without_comma n_array_colon_instead_of_comma n_array_comma_after_close n_array_comma_and_number
n_array_double_comma n_array_double_extra_comma n_array_extra_comma n_array_inner_array_no_comma
n_array_items_separated_by_semicolon n_array_just_comma n_array_just_minus n_array_missing_value
n_array_number_and_comma n_array_number_and_several_commas n_array_star_inside n_incomplete_false
n_incomplete_null n_incomplete_true n_multidigit_number_then_00 n_number_++ n_number_+1 n_number_+Inf
n_number_-01 n_number_-1.0. n_number_-2. n_number_-NaN n_number_.-1 n_number_.2e-3 n_number_0.1.2
n_number_0.3e+ n_number_0.3e n_number_0.e1 n_number_0_capital_E+ n_number_0_capital_E n_number_0e+ n_number_0e
n_number_1.0e+ n_number_1.0e- n_number_1.0e n_number_1_000 n_number_1eE2 n_number_2.e+3 n_number_2.e-3
n_number_2.e3 n_number_9.e+ n_number_Inf n_number_NaN n_number_U+FF11_fullwidth_digit_one n_number_expression
n_number_hex_1_digit n_number_hex_2_digits n_number_infinity n_number_invalid+- n_number_invalid-negative-real
n_number_minus_infinity n_number_minus_sign_with_trailing_garbage n_number_minus_space_1
n_number_neg_int_starting_with_zero n_number_neg_real_without_int_part n_number_neg_with_garbage_at_end
n_number_real_garbage_after_e n_number_real_without_fractional_part n_number_starting_with_dot
n_number_with_alpha n_number_with_alpha_char n_number_with_leading_zero n_object_bad_value
n_object_comma_instead_of_colon n_object_double_colon n_object_emoji n_object_garbage_at_end
n_object_key_with_single_quotes n_object_missing_colon n_object_missing_key n_object_missing_semicolon
n_object_non_string_key n_object_non_string_key_but_huge_number_instead n_object_repeated_null_null
n_object_several_trailing_commas n_object_single_quote n_object_trailing_comma n_object_trailing_comment
n_object_trailing_comment_open n_object_trailing_comment_slash_open
n_object_trailing_comment_slash_open_incomplete n_object_two_commas_in_a_row n_object_unquoted_key
n_object_with_single_string n_object_with_trailing_garbage n_single_space n_string_accentuated_char_no_quotes
n_string_single_quote n_string_single_string_no_double_quotes n_string_with_trailing_garbage
n_structure_U+2060_word_joined n_structure_UTF8_BOM_no_data n_structure_angle_bracket_.
n_structure_angle_bracket_null n_structure_array_trailing_garbage n_structure_ascii-unicode-identifier
n_structure_capitalized_True n_structure_double_array n_structure_no_data n_structure_null-byte-outside-string
n_structure_number_with_trailing_garbage n_structure_object_with_comment
n_structure_object_with_trailing_garbage n_structure_single_star n_structure_trailing_#
n_structure_unicode-identifier n_structure_whitespace_U+2060_word_joiner n_structure_whitespace_formfeed
)";
    std::vector<std::string_view> all;
    for (std::size_t at = names.find_first_not_of('\n'); at != names.npos;) {
        const std::size_t end = names.find_first_of(" \n", at);
        all.push_back(names.substr(at, end - at));
        at = names.find_first_not_of(" \n", end);
    }
    return all;
}
