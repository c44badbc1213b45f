from symparam.cli import main

main(prog_name="symparam")
