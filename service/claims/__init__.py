"""What others say that one of our lots was made from (他方申报): it changes nothing until its owner confirms it."""
