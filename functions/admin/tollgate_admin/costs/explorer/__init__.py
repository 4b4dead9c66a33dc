"""What charts of costs are drawn of: groups by day or month, and how the present month goes."""
