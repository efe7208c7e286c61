"""Opens what visitors and colleagues attach, in a process of its own: files of strangers are hostile.

`checking.check` is what other modules use. What runs in that process (child, pictures, pdfs) knows no Django.
"""
