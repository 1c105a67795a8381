"""The editor of `voixoff review`, driven as people drive it."""
