"""Questions of the trade lake with their answers: figures, names of what they count, and the rows behind them."""
