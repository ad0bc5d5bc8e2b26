"""Forms made from Options classes."""
