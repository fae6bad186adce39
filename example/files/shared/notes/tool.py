print("not on the white list")
