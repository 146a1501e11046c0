import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import uk.co.smartdcc.boxed.xmldsig.ResultCode;
import uk.co.smartdcc.boxed.xmldsig.Sign;
import uk.co.smartdcc.boxed.xmldsig.Validate;

/**
 * The DCC Boxed signing tool at its best: called again and again in one virtual machine, warmed up,
 * instead of one machine for each message.
 *
 * <p>java -cp tool.jar SigningTool.java UNSIGNED SIGNED ROUNDS CALLS signs the first file into the
 * second, validates that ROUNDS times CALLS times, and prints the seconds of each round.
 */
public class SigningTool {
  public static void main(String[] args) throws Exception {
    PrintStream out = System.out;
    ByteArrayOutputStream signed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(signed));
    require(Sign.main_aux(new String[] {args[0]}), "sign");
    System.out.flush();
    Files.write(Path.of(args[1]), signed.toByteArray());
    System.setOut(new PrintStream(OutputStream.nullOutputStream()));
    int rounds = Integer.parseInt(args[2]);
    int calls = Integer.parseInt(args[3]);
    String[] file = {args[1]};
    for (int round = 0; round < rounds; round++) {
      long start = System.nanoTime();
      for (int call = 0; call < calls; call++) {
        require(Validate.main_aux(file), "validate");
      }
      out.println((System.nanoTime() - start) / 1e9);
    }
  }

  private static void require(ResultCode code, String what) {
    if (code.ordinal() != 0) {
      throw new IllegalStateException(what + ": " + code);
    }
  }
}
