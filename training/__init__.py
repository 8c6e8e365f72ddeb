"""Scripts that make and judge the guard's model; nothing here is needed to run the bot."""
